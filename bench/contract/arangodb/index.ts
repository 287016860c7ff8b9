import type { Result } from '../assumption';
export const arangoContract = (_settings: unknown, _options: unknown): Promise<Result[]> => Promise.resolve([]);
