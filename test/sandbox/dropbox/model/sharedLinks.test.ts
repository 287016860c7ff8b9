import type { sharing } from 'dropbox';
import { content, refusal, smallCompany } from './smallCompany';

const settings = (more: sharing.SharedLinkSettings) => ({ path: '/Shared/a.txt', settings: more });
const denied = (settings_error: string) => ({ '.tag': 'settings_error', settings_error: { '.tag': settings_error } });

/** Bob may only view what Ann has shared. */
function started() {
  const world = smallCompany('A');
  const { company, ann, bob } = world;
  const shared = company.build.sharedFolder(ann, ann.home.root, 'Shared');
  company.build.folderMember(shared, bob, 'viewer');
  company.build.file(shared.root, 'a.txt', content);
  company.build.file(shared.root, 'b.txt', content, { restricted: true });
  company.goLive();
  return { ...world, shared, link: company.sharing.createSharedLink };
}

it('a link is as open as its settings say, or as the policy of its folder allows', () => {
  const { company, shared, link, as, ann, time } = started();
  const expires = '2025-02-01T00:00:00Z';
  const made = link(as(ann), settings({ require_password: true, link_password: 'x', expires, allow_download: false }));
  expect(made).toMatchObject({
    '.tag': 'file',
    expires,
    link_permissions: {
      resolved_visibility: { '.tag': 'password' },
      effective_audience: { '.tag': 'public' },
      require_password: true,
      allow_download: false,
    },
  });
  company.build.policy(shared, { sharedLink: 'team' });
  const [listed] = company.sharing.listSharedLinks(as(ann), { path: '/Shared/a.txt' });
  expect(listed?.link_permissions).toMatchObject({
    resolved_visibility: { '.tag': 'team_and_password' },
    effective_audience: { '.tag': 'team' },
  });
  expect(time.now).toBeLessThan(Date.parse(expires));
});

it('each member has links of their own, and the log names who has made one', () => {
  const { company, link, as, ann, bob } = started();
  expect(link(as(ann), { path: '/Shared/a.txt' }).url).not.toBe(link(as(bob), { path: '/Shared/a.txt' }).url);
  const { events } = company.log.getEvents({ event_type: { '.tag': 'shared_link_create' } });
  expect(events.map(({ actor }) => actor?.['.tag'])).toEqual(['admin', 'user']);
});

it('settings that mean nothing, lie in the past or exceed the rights of the member are refused', () => {
  const { link, as, ann, bob } = started();
  const refused = (by: typeof ann, more: sharing.SharedLinkSettings) => refusal(() => link(as(by), settings(more)));
  expect(refused(ann, {})).toEqual(denied('invalid_settings'));
  expect(refused(ann, { requested_visibility: { '.tag': 'password' } })).toEqual(denied('invalid_settings'));
  expect(refused(ann, { expires: '2025-01-01T00:00:00Z' })).toEqual(denied('invalid_settings'));
  expect(refused(bob, { access: { '.tag': 'editor' } })).toEqual(denied('not_authorized'));
});

it('what the member may not read, and a root, have no link', () => {
  const { link, as, ann, cid } = started();
  const refused = (by: typeof ann, path: string) => refusal(() => link(as(by), { path }));
  expect(refused(cid, '/Shared/a.txt')).toEqual({ '.tag': 'path', path: { '.tag': 'not_found' } });
  expect(refused(ann, '/Shared/b.txt')).toEqual({ '.tag': 'access_denied' });
  expect(refused(ann, `ns:${ann.home.id}`)).toEqual({ '.tag': 'access_denied' });
});
