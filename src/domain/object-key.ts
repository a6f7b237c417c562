// Keys of objects are `jobs/{job}/{run}/{file}`. They are made and taken apart in this file alone.

/** Everything below belongs to jobs; what lies directly below are their ids. */
export const JOBS_PREFIX = 'jobs/'

/** Everything that a job owns in the object store lies under this prefix, so that expiry can take all of it. */
export function jobPrefix(jobId: string): string {
  return `${JOBS_PREFIX}${jobId}/`
}

/** The users file of an import. */
export function usersFileKey(jobId: string): string {
  return `${jobPrefix(jobId)}import/users`
}

/** The file of an export. Each run has a place of its own: a worker that has lost its job overwrites no other's file. */
export function exportFileKey(jobId: string, fence: number, fileName: string): string {
  return `${jobPrefix(jobId)}${fence}/${fileName}`
}

/** Everything that the run made which made this object. */
export function runPrefixOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

/** What the file is called where somebody saves it. */
export function fileNameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

/** Whether a store may take it for a path below its folder. */
export function isSoundKey(key: string): boolean {
  return key.split('/').every((segment) => /^[A-Za-z0-9._-]+$/.test(segment) && !/^\.+$/.test(segment))
}
