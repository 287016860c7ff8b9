import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EVENT_TYPES } from '../../../../sandbox/dropbox/http/arguments/eventTypes';
import { getEvents } from '../../../../sandbox/dropbox/http/arguments/teamLog';

it("the event types are those of the official SDK's types", () => {
  const file = path.join(path.dirname(require.resolve('dropbox/package.json')), 'types/dropbox_types.d.ts');
  const declared = [...readFileSync(file, 'utf8').matchAll(/interface EventTypeArg\w+ \{\s*'\.tag': '(\w+)'/g)];
  const names = declared.map((match) => match[1] ?? '').filter((name) => name !== 'other');
  expect([...EVENT_TYPES].sort()).toEqual(names.sort());
});

it('an event type that Dropbox does not have is refused', () => {
  expect(getEvents.read({ event_type: 'shared_folder_create' }).event_type).toEqual({ '.tag': 'shared_folder_create' });
  expect(() => getEvents.read({ event_type: { '.tag': 'shared_content_change_inheritance' } })).toThrow(
    "unknown tag 'shared_content_change_inheritance'",
  );
});
