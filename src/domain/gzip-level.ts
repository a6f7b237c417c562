/**
 * The compressors differ in their highest level. Files of the same level are about equally small, so a level means the
 * same for both.
 */
export const GZIP_LEVEL_MAX = { zlib: 9, igzip: 3 } as const
