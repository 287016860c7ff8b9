import type { Command, Option } from 'commander';
import { exitCodes, type CommonOptions, type ExitCode, type CommandIo } from '../context';
import { writeResult } from '../output';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** Writes a script with which a shell completes the commands and options of the program. */
export function completionCommand(io: CommandIo, program: Command, shell: Shell, options: CommonOptions): ExitCode {
  const script = { bash, zsh, fish }[shell](program);
  return writeResult(io, options, { shell, script }, [script.trimEnd()], exitCodes.done);
}

const visible = (command: Command): readonly Option[] => command.createHelp().visibleOptions(command);
const flags = (option: Option): string[] => [option.short, option.long].filter((flag) => flag != null);
const takesFile = (option: Option): boolean => /<file>/.test(option.flags);
/** What an option or the first argument of a command may be, if that is a list. */
const choicesOf = (option: Option): readonly string[] => option.argChoices ?? [];
const firstChoices = (command: Command): readonly string[] => command.registeredArguments[0]?.argChoices ?? [];
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bash(program: Command): string {
  const values = program.commands.flatMap((command) =>
    visible(command)
      .filter((option) => choicesOf(option).length > 0)
      .map((option) => `    '${command.name()} ${option.long}') words='${choicesOf(option).join(' ')}' ;;`),
  );
  // Without a match bash completes names of files, which an option with a value may need.
  const others = program.commands.map((command) => {
    const words = [...firstChoices(command), ...visible(command).flatMap(flags)];
    return `      ${command.name()}) words='${words.join(' ')}' ;;`;
  });
  const names = program.commands.map((command) => command.name());
  return `_dropbox_teams() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" words=''
  case "\${COMP_WORDS[1]} $before" in
${values.join('\n')}
    *) if [ "$COMP_CWORD" -eq 1 ]; then words='${names.join(' ')} ${visible(program).flatMap(flags).join(' ')}'; else
      case "\${COMP_WORDS[1]}" in
${others.map((line) => `  ${line}`).join('\n')}
      esac
    fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _dropbox_teams dropbox-teams
`;
}

function zsh(program: Command): string {
  const described = program.commands.map((command) =>
    quoted(`${command.name()}:${command.description().replaceAll(':', '\\:')}`),
  );
  const cases = program.commands.map((command) => {
    const words = [
      ...visible(command).flatMap((option) => flags(option).map((flag) => quoted(zshOption(flag, option)))),
      // Without a specification of its arguments, zsh completes no option that follows one.
      ...command.registeredArguments.map((argument, at) =>
        quoted(`${argument.variadic ? '*' : at + 1}:${argument.name()}:(${argument.argChoices?.join(' ') ?? ''})`),
      ),
    ];
    return `    ${command.name()}) _arguments ${words.join(' ')} ;;`;
  });
  return `#compdef dropbox-teams
_dropbox_teams() {
  local -a commands=(${described.join(' ')})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  shift words; (( CURRENT-- ))
  case "$words[1]" in
${cases.join('\n')}
  esac
}
compdef _dropbox_teams dropbox-teams
`;
}

function zshOption(flag: string, option: Option): string {
  const text = `${flag}[${option.description.replaceAll(/[[\]:]/g, '\\$&')}]`;
  if (option.isBoolean() || option.negate) return text;
  const choices = choicesOf(option);
  return `${text}:value:${takesFile(option) ? '_files' : choices.length > 0 ? `(${choices.join(' ')})` : ' '}`;
}

function fish(program: Command): string {
  const lines = program.commands.flatMap((command) => {
    const name = command.name();
    const inside = `complete -c dropbox-teams -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
    const choices = firstChoices(command);
    return [
      `complete -c dropbox-teams -n __fish_use_subcommand -f -a ${name} -d ${quoted(command.description())}`,
      ...(choices.length > 0 ? [`${inside} -f -a ${quoted(choices.join(' '))}`] : []),
      ...visible(command).map((option) => `${inside} ${fishOption(option)}`),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function fishOption(option: Option): string {
  const short = option.short === undefined ? '' : `-s ${option.short.slice(1)} `;
  const choices = choicesOf(option);
  const value =
    option.isBoolean() || option.negate
      ? ''
      : takesFile(option)
        ? '-r '
        : choices.length > 0
          ? `-x -a ${quoted(choices.join(' '))} `
          : '-x ';
  return `${short}-l ${option.long?.slice(2)} ${value}-d ${quoted(option.description)}`;
}
