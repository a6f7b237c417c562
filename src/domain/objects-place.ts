export type ObjectsPlace = FolderPlace | S3Place

export interface FolderPlace {
  readonly kind: 'folder'
  readonly folder: string
}

/** Any store that speaks the API of Amazon S3. It names no credentials: the SDK finds them. */
export interface S3Place {
  readonly kind: 's3'
  readonly bucket: string
  /** Empty, or ends in `/`, since keys are joined to it. */
  readonly prefix: string
  /** URL of the store; undefined means Amazon's own. */
  readonly endpoint: string | undefined
  /** Undefined: as the AWS SDK finds it. */
  readonly region: string | undefined
  /** True: the bucket is the first segment of the path. False: it is a label of the host. */
  readonly isPathStyle: boolean
  readonly encryption: S3Encryption
}

/** Respectively as the bucket says, with keys of the store, or with a key of its key service. */
export type S3Encryption =
  | { readonly kind: 'none' }
  | { readonly kind: 'AES256' }
  | { readonly kind: 'aws:kms'; readonly keyId: string | undefined }
