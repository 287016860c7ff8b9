import { readFileSync } from 'node:fs';
import path from 'node:path';
import { routes } from '../../../../sandbox/dropbox/http/routes';

/** Auth, style and scope of every route in the official JavaScript SDK, which is generated from the specification. */
const sdkRoutes = new Map(
  [
    ...readFileSync(path.join(path.dirname(require.resolve('dropbox')), 'lib/routes.js'), 'utf8').matchAll(
      /this\.request\('([^']+)', (?:arg|null), '([^']+)', '([^']+)', '([^']+)', (?:'([^']*)'|null)/g,
    ),
  ].map(([, name = '', auth = '', , style = '', scope]) => [name, { auth: auth.split(', '), style, scope }]),
);

it.each([...routes.values()].map((route) => [route.name, route] as const))(
  '%s matches the specification',
  (name, route) => {
    const specified = sdkRoutes.get(name);
    expect(specified?.auth).toContain(route.auth === 'none' ? 'noauth' : route.auth);
    expect(route.style).toBe(specified?.style);
    // The specification gives longpoll a scope, although it has no authentication.
    if (route.auth !== 'none') expect(route.scope).toBe(specified?.scope);
  },
);
