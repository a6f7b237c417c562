/** Higher levels make smaller files. Files of the same level are about equally small with both compressors. */
export const GZIP_LEVEL_MAX = { zlib: 9, igzip: 3 } as const
