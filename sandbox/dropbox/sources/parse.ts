import { GENERATE_DEFAULTS, GENERATE_LIMITS, type GenerateOptions } from './generate/options';

/** Where a simulated team comes from. */
export type TeamSource =
  | { kind: 'empty' }
  | { kind: 'demo' }
  | { kind: 'folder'; dir: string }
  | { kind: 'generate'; options: GenerateOptions };

/** Parses the value of `--team`. Throws an Error that names what was expected. */
export function parseTeamSource(text: string): TeamSource {
  const [kind, rest] = splitOnce(text, ':');
  if (text === 'empty' || text === 'demo') return { kind: text };
  if (kind === 'from' && rest !== undefined && rest !== '') return { kind: 'folder', dir: rest };
  if (kind === 'generate') return { kind: 'generate', options: parseGenerate(rest ?? '') };
  throw new Error(`--team '${text}': give empty, demo, from:DIR or generate:members=…,files=…`);
}

function parseGenerate(text: string): GenerateOptions {
  const options = { ...GENERATE_DEFAULTS };
  for (const part of text.split(',').filter((piece) => piece !== '')) {
    const [name, value = ''] = splitOnce(part, '=');
    if (!isOption(name)) {
      throw new Error(`--team: '${name}' is unknown; generate takes ${Object.keys(GENERATE_LIMITS).join(', ')}`);
    }
    const { min, max } = GENERATE_LIMITS[name];
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`--team: ${name} must be a whole number from ${min} to ${max}, not '${value}'`);
    }
    options[name] = number;
  }
  return options;
}

function isOption(name: string): name is keyof GenerateOptions {
  return Object.hasOwn(GENERATE_LIMITS, name);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
