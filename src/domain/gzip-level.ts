/** Levels of compression go from 1 (fast) to this (small). One level of igzip's is about as small as the same of zlib's. */
export const GZIP_LEVEL_MAX = { zlib: 9, igzip: 3 } as const
