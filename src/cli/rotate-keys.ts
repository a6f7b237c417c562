import { composeRotation } from '../compose/rotation.ts'
import { begin, type Options, say } from './begin.ts'

export function rotateKeysNow(options: Options): Promise<void> {
  return begin(options, async (config, deps) => {
    const { kid, from } = await composeRotation(config, deps)
    say(options, `The key ${kid} signs from ${from.toISOString()} on. Until then it is only published.`, {
      kid,
      from,
    })
  })
}
