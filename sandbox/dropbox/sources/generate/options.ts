/** How large a generated company is. */
export interface GenerateOptions {
  /** Members of the team, the admin included. */
  members: number;
  /** Groups besides the one of everyone. */
  groups: number;
  /** Team folders, shared folders and nested shared folders together. */
  shared: number;
  /** Files in all of the company. */
  files: number;
  /** The same seed makes the same company. */
  seed: number;
}

export const GENERATE_DEFAULTS: GenerateOptions = { members: 50, groups: 5, shared: 40, files: 20_000, seed: 1 };

export const GENERATE_LIMITS: Record<keyof GenerateOptions, { min: number; max: number }> = {
  members: { min: 1, max: 20_000 },
  groups: { min: 0, max: 5_000 },
  shared: { min: 0, max: 50_000 },
  files: { min: 0, max: 5_000_000 },
  seed: { min: 0, max: 4_294_967_295 },
};
