import assert from 'node:assert'

// Keys of objects are `jobs/{job}/{run}/{file}`, and `probes/{probe}/byte`. Only this file makes keys, so that their form
// can change.

export const JOBS_PREFIX = 'jobs/'
export const PROBES_PREFIX = 'probes/'

/** No two probes share a prefix. */
export function probePrefix(probeId: string): string {
  return `${PROBES_PREFIX}${probeId}/`
}

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
 * Muster makes all keys, and the key in a link is signed, so only a bug can make a bad key. A folder store uses a key
 * as a path: with `..` it would read or remove files outside of its folder.
 */
export function checkedKey(key: string): string {
  const isSound = key
    .split('/')
    .every((segment) => /^[A-Za-z0-9._-]+$/.test(segment) && !/^\.+$/.test(segment))
  assert(isSound, 'an object key is made of [A-Za-z0-9._-] segments')
  return key
}
