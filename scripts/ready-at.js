// A start takes one or two seconds. A slow machine may need much longer.
const START_MS_MAX = 60_000

/**
 * The URL at which a started server says that it is ready.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>}
 */
export function readyAt(child) {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
      const ready = /Muster is ready at (\S+)/.exec(said)
      if (ready) resolve(ready[1])
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
    const tooLate = () => reject(new Error(`the server was not ready within ${START_MS_MAX / 1000} seconds`))
    setTimeout(tooLate, START_MS_MAX).unref()
  })
}
