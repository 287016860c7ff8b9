import { z } from 'zod';
import { unpadded, wholeNumber } from './values';

export interface Description {
  /** What it is for: a sentence in Markdown without its full stop. */
  readonly about: string;
  /** The form of its values. */
  readonly expected: string;
  readonly example: string;
  /** It may also be given as `<name>_FILE`, the path of a file that holds it. */
  readonly isSecret?: boolean;
  /** The default, if it is not set by this schema but by Temporal's library. */
  readonly elsewhere?: string;
}

export const descriptions = z.registry<Description>();

/** A setting with its description, which error messages, `.env.example` and docs/settings.md show. */
export const described = <T extends z.ZodType>(
  type: T,
  about: string,
  expected: string,
  example: string,
  more: Pick<Description, 'isSecret' | 'elsewhere'> = {},
): T => {
  descriptions.add(type, { about, expected, example, ...more });
  return type;
};

export const SECRET = { isSecret: true };

/** A setting that may be absent, of any text. A secret may begin or end with a blank. */
export const text = (
  about: string,
  expected: string,
  example: string,
  more: Pick<Description, 'isSecret' | 'elsewhere'> = {},
): z.ZodOptional<z.ZodString> =>
  described((more.isSecret ? z.string() : unpadded).optional(), about, expected, example, more);

/** A whole number of `unit` in this range. The default is also the example. */
export const numberOf = (
  unit: string,
  { least, most, fallback }: { least: number; most: number; fallback: number },
  about: string,
): z.ZodDefault<z.ZodType<number, string>> =>
  described(
    wholeNumber(least, most).default(fallback),
    about,
    `a whole number of ${unit} from ${least} to ${most}`,
    `${fallback}`,
  );
