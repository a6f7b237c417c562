import type { Lent } from '../domain/lent.ts'

/** The caller of `open` must close the object, or a file handle stays open. */
export interface OpenObject {
  readonly bytes: number
  /** Changes when the content does; quoted, ready for an ETag header (RFC 9110, 8.8.3). */
  readonly etag: string
  /**
   * Both bounds are included. Each chunk is new memory, which its reader may keep. A read that has given its first
   * bytes continues although the object is removed. Before that it may fail with `object_not_found`, since an S3 store
   * does not keep removed objects for their readers.
   */
  read(start: number, end: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/**
 * Keys are relative paths of `[A-Za-z0-9._-]` segments. Every method fails with `object_store_unavailable` if the store
 * cannot be used.
 */
export interface ObjectStore {
  /**
   * The object becomes visible, whole and durable, when this resolves. If it rejects, or the process dies, readers see
   * nothing (promise 4). Each chunk is released before the next is asked for, also if `put` fails. An error of the
   * source is passed on unchanged.
   */
  put(key: string, source: AsyncIterable<Lent>, signal: AbortSignal): Promise<void>
  open(key: string): Promise<OpenObject | undefined>
  /**
   * The prefix ends in `/`, so that a job whose id begins with another's keeps its objects. It is no failure if nothing
   * is below it.
   */
  removeAll(prefix: string): Promise<void>
  /**
   * The names directly below a prefix, which ends in `/`. A store that keeps unfinished objects under their keys lists
   * them too, so that the sweeper finds those of killed processes.
   */
  list(prefix: string): Promise<readonly string[]>
  /** For `/health`: fails if the next `put` would fail. So it writes one byte durably and removes it. */
  probe(): Promise<void>
  /** Spares objects that were written to within this time, since a process may still be writing them. */
  removeUnfinished(idleSeconds: number): Promise<void>
}
