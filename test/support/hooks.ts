import { Resources } from './resources';

/** Resources that are closed after all tests of a file or of a `describe`. */
export function closedAfterAll(): Resources {
  const resources = new Resources();
  afterAll(() => resources.close());
  return resources;
}

/** Resources that are closed after each test. */
export function closedAfterEach(): Resources {
  const resources = new Resources();
  afterEach(() => resources.close());
  return resources;
}
