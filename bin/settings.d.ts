interface SettingGroup {
  readonly title: string;
  readonly settings: readonly {
    readonly name: string;
    readonly about: string;
    readonly expected: string;
    readonly example: string;
    readonly isSecret?: boolean;
    readonly isRequired: boolean;
    readonly fallback: string | undefined;
  }[];
}

/** The text of docs/settings.md: the present one, with these settings. */
export function settingsPage(groups: readonly SettingGroup[]): string;
/** The text of .env.example. */
export function environmentFile(groups: readonly SettingGroup[]): string;
