import { Resources } from './resources';

/** Resources of all tests of a file or of a `describe`. */
export function closedAfterAll(): Resources {
  const resources = new Resources();
  afterAll(() => resources.close());
  return resources;
}

/** Resources of one test. */
export function closedAfterEach(): Resources {
  const resources = new Resources();
  afterEach(() => resources.close());
  return resources;
}
