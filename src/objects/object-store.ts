import type { Lent } from '../domain/lent.ts'

/** A finished object, open for reading. Whoever opened it closes it. */
export interface OpenObject {
  readonly bytes: number
  /** Changes when the content does; quoted, ready for an ETag header (RFC 9110, 8.8.3). */
  readonly etag: string
  /**
   * The bytes from `start` to `end`, both included. Each chunk is new memory, which its reader may keep. A read that has
   * given its first bytes continues although the object is removed. A read that has not may fail with `object_not_found`:
   * an S3 store keeps nothing for those who have an object open.
   */
  read(start: number, end: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/**
 * Where finished files lie. Keys are relative paths of `[A-Za-z0-9._-]` segments. Every method fails with
 * `object_store_unavailable` when the store itself does.
 */
export interface ObjectStore {
  /**
   * Stores what the source yields. It writes or copies each chunk, and releases it before it asks for the next one; when it
   * fails, it has released all that it received. Readers see the object when this has resolved, whole and
   * durable, and nothing of it before; when it rejects or the process dies, they never see anything (promise 4). An error of the source is passed on as it is.
   */
  put(key: string, source: AsyncIterable<Lent>, signal: AbortSignal): Promise<void>
  /** Undefined when there is no such object. */
  open(key: string): Promise<OpenObject | undefined>
  /** Removes every object below the prefix, which ends in `/`. Removing nothing is fine. */
  removeAll(prefix: string): Promise<void>
  /** Names of what lies directly below a prefix, which ends in `/`. */
  list(prefix: string): Promise<readonly string[]>
  /** Writes a byte for good and takes it away again: fails as the next `put` would. */
  probe(): Promise<void>
  /** Removes what killed processes left unfinished: objects of which nothing has been written for so long. */
  removeUnfinished(idleSeconds: number): Promise<void>
}
