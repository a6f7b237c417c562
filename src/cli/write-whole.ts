import { open, rename, rm } from 'node:fs/promises'

export interface WholeFile {
  /** The name until all is written, in the same folder. */
  readonly temporary: string
  readonly flags?: 'w' | 'wx'
  readonly mode?: number
}

/** A full disk, a kill or a power failure leaves the old file, or none. Fails with the error of the file system. */
export async function writeWhole(
  path: string,
  text: string,
  { temporary, flags = 'w', mode }: WholeFile,
): Promise<void> {
  try {
    const file = await open(temporary, flags, mode)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}
