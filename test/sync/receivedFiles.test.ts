import * as namespaces from '../../src/sync/namespaceState';
import { stateOf } from '../../src/sync/namespaceState';
import {
  RECEIVED_NAMESPACE_ID,
  receivedFilesHinted,
  receivedFilesRead,
  receivedFilesStale,
  receivedNamespace,
} from '../../src/sync/receivedFiles';

describe('the namespace of received files', () => {
  const fresh = receivedNamespace({ connectorId: 'c', now: 40 });

  it('is never listed, probed, or asked for its members', () => {
    expect(stateOf(fresh)).toBe('upToDate');
    expect(fresh).toMatchObject({ namespaceId: RECEIVED_NAMESPACE_ID, kind: 'received', principals: [], due: false });
    expect(namespaces.isListed(fresh) || namespaces.isProbeable(fresh) || namespaces.hasMemberList(fresh)).toBe(false);
  });

  it('is read again when it is stale, and keeps hints for which the listings have shown no file yet', () => {
    const hints = [{ fileId: 'id:1' }];
    expect(receivedFilesStale()).toEqual({ namespaceId: RECEIVED_NAMESPACE_ID, membersReadAt: 0 });
    expect(receivedFilesHinted(hints, false)).toEqual({ namespaceId: RECEIVED_NAMESPACE_ID, waitingHints: hints });
    expect(receivedFilesHinted([], true)).toEqual({
      namespaceId: RECEIVED_NAMESPACE_ID,
      membersReadAt: 0,
      waitingHints: [],
    });
    expect(receivedFilesRead(fresh, 60)).toEqual({ ...fresh, membersReadAt: 60 });
    const problem = expect.stringContaining('a later run has to confirm') as string;
    expect(receivedFilesRead(fresh, 60, { missing: 2 })).toEqual({ ...fresh, membersReadAt: 0, problem });
  });
});
