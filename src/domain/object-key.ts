import assert from 'node:assert'

// Keys of objects are `jobs/{job}/{run}/{file}`. Only this file makes them and takes them apart, so that the form can
// change.

export const JOBS_PREFIX = 'jobs/'

/** All objects of a job have this prefix, so the sweeper can remove them all. */
export function jobPrefix(jobId: string): string {
  return `${JOBS_PREFIX}${jobId}/`
}

export function usersFileKey(jobId: string): string {
  return `${jobPrefix(jobId)}import/users`
}

/** Each run of an export has its own key, so a worker that has lost its job cannot overwrite the next worker's file. */
export function exportFileKey(jobId: string, fence: number, fileName: string): string {
  return `${jobPrefix(jobId)}${fence}/${fileName}`
}

export function runPrefixOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

export function fileNameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

/**
 * Keys are ours, and a link's key has been verified. But a wrong one in a store would read or remove any object: a store
 * may use the key as a path, and `..` would lead out of its folder.
 */
export function checkedKey(key: string): string {
  const isSound = key
    .split('/')
    .every((segment) => /^[A-Za-z0-9._-]+$/.test(segment) && !/^\.+$/.test(segment))
  assert(isSound, 'an object key is made of [A-Za-z0-9._-] segments')
  return key
}
