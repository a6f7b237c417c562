// Copies the steps of the schema into the build: tsc does not copy SQL files. A part of `npm run build`.
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const COPY = join(ROOT, 'dist', 'pg', 'migrations')

rmSync(COPY, { recursive: true, force: true })
cpSync(join(ROOT, 'src', 'pg', 'migrations'), COPY, { recursive: true })
