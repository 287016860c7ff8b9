/** Size of a generated company. */
export interface GenerateOptions {
  /** Members of the team, including the admin. */
  members: number;
  /** Groups besides the group of all members. */
  groups: number;
  /** Team folders, shared folders and nested shared folders in total. */
  shared: number;
  /** Files in the whole company. */
  files: number;
  /** The same seed generates the same company. */
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
