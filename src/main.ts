#!/usr/bin/env node
import { completeCommand, completionCommand } from './cli/completion.ts'
import { endWith, newProgram } from './cli/program.ts'
import { ownVersion } from './version.ts'

const all = () => newProgram(ownVersion())
const program = all().addCommand(completionCommand(all)).addCommand(completeCommand(all), { hidden: true })
endWith(program, (code) => process.exit(code))
await program.parseAsync()
