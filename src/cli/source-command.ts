import { Command } from 'commander'
import { examples } from './options.ts'

export function sourceCommand(): Command {
  return new Command('source')
    .description('Check the databases that the environment names as sources of users')
    .addCommand(check())
    .addHelpText('after', examples('source check', 'source check customers'))
}

function check(): Command {
  return new Command('check')
    .description('Look at each source before the first export, or at one; write nothing')
    .argument('[name]', 'the name of its connection, such as customers')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
It needs the variables MUSTER_SOURCE_<NAME>_… of the server (docs/sources.md), and no server. It says what Muster
recognizes, how many users it would export, which privileges the role lacks, which indexes would help, and what an
export costs. Users are shown masked.
${examples('source check', 'source check customers --json')}`,
    )
    .action(async (name: string | undefined, options) =>
      (await import('./source-check.ts')).sourceCheck(name, options),
    )
}
