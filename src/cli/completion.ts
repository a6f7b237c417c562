import { Argument, Command } from 'commander'
import { print } from './terminal.ts'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell']

/** `newProgram` must make new commands, because the completion adds commands of its own to them. */
export function completionCommand(newProgram: () => Command): Command {
  return new Command('completion')
    .description('Print the script that lets a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Bash: put 'source <(muster completion bash)' into ~/.bashrc. Zsh: the same into ~/.zshrc.

Examples:
  muster completion bash
  muster completion fish`,
    )
    .action(async (shell: string) => (await rootOf(newProgram())).setup('muster', 'muster', shell))
}

/** What the script calls at each Tab: `muster complete -- WORD…`. */
export function completeCommand(newProgram: () => Command): Command {
  return new Command('complete').argument('[words...]').action(async (words: string[]) => {
    const program = newProgram()
    if (isFile(program, words)) print(FILES)
    else (await rootOf(program)).parse(words)
  })
}

async function rootOf(program: Command) {
  const { default: tab } = await import('@bomb.sh/tab/commander')
  return tab(program, { completionCommandName: 'completion' })
}

// No suggestion and the directive 0, so that the shell suggests names of files itself.
const FILES = ':0'

/** Whether the last word is a file for an option or an argument. The package never lets a shell complete names of files. */
function isFile(program: Command, words: readonly string[]): boolean {
  const [name, ...rest] = words
  const command = program.commands.find((each) => each.name() === name)
  const [word = '', before = ''] = rest.toReversed()
  if (command === undefined || word.startsWith('-')) return false
  const option = command.options.find(({ long }) => long === before)
  if (option?.required === true) return option.flags.includes('<file')
  return command.registeredArguments.some((argument) => argument.name().includes('file'))
}
