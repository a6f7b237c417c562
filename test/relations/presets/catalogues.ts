import { ASK_NAMES } from '../../../src/domain/source.ts'
import type { Catalogue } from '../../../src/relations/catalogue.ts'
import { lookFor } from '../../../src/relations/find-users.ts'
import type { Look, Preset } from '../../../src/relations/preset.ts'

class Everything<Value> extends Map<string, Value> {
  readonly #value: Value
  constructor(entries: readonly (readonly [string, Value])[], value: Value) {
    super(entries)
    this.#value = value
  }
  override has(): boolean {
    return true
  }
  override get(): Value {
    return this.#value
  }
}

/** A product's newest and oldest tables: all that a preset asks for is there, or nothing is. */
export function catalogues({ schema }: Preset): readonly Catalogue[] {
  const allColumns = new Everything<string>([], 'text')
  const moved = ['users9', 'users14', 'users14_humans'].map((name) => [name, allColumns] as const)
  return [
    { schema, tables: new Everything(moved, allColumns) },
    { schema, tables: new Map(moved.map(([name]) => [name, new Map<string, string>()])) },
  ]
}

/** Everything that a preset may ask for is named. */
export function lookAt(catalogue: Catalogue): Look {
  return lookFor(catalogue, Object.fromEntries(ASK_NAMES.map((name) => [name, 'x'])))
}
