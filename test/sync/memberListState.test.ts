import { namedByEvent } from '../../src/sync/memberListState';
import { inState, states } from './namespaceFixture';

describe('a namespace that an event names', () => {
  it.each(states)('in the state %s', (state) => {
    const known = inState[state];
    const expected = known.unseenBy === undefined ? { due: true } : { membersReadAt: 0 };
    expect(namedByEvent(known)).toEqual({ namespaceId: '1', ...expected });
  });
});
