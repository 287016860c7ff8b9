import type { z } from 'zod';
import { descriptions, type Description } from './described';
import { groups, type Name } from './schema';

export interface Setting extends Description {
  readonly name: Name;
  readonly isRequired: boolean;
  /** The default, as it would be written in the environment. */
  readonly fallback: string | undefined;
}

/** The settings by subject, in the order of docs/settings.md. */
export const settingGroups = Object.entries(groups).map(([title, shape]) => ({ title, settings: settingsOf(shape) }));

/** All settings, by name. */
export const settings: ReadonlyMap<Name, Setting> = new Map(
  settingGroups.flatMap((group) => group.settings).map((setting) => [setting.name, setting]),
);

export const secretVariables: readonly string[] = [...settings.values()].flatMap(({ name, isSecret }) =>
  isSecret === true ? [name] : [],
);

function settingsOf(shape: Partial<Record<Name, z.ZodType>>): Setting[] {
  return Object.entries(shape).map(([name, type]) => {
    const description = descriptions.get(type);
    if (!description) throw new Error(`${name} has no description`);
    // Defaults are texts and numbers.
    const { success, data } = type.safeParse(undefined) as { success: boolean; data?: string | number };
    const fallback = data === undefined || data === '' ? description.elsewhere : `${data}`;
    return { name: name as Name, isRequired: !success, fallback, ...description };
  });
}
