export type ObjectsPlace = FolderPlace | S3Place

export interface FolderPlace {
  readonly kind: 'folder'
  readonly folder: string
}

/** No credentials: the SDK finds them, so that no setting of Muster holds them. */
export interface S3Place {
  readonly kind: 's3'
  readonly bucket: string
  /** Empty, or ends in `/`, since keys are joined to it. */
  readonly prefix: string
  readonly endpoint: string | undefined
  readonly region: string | undefined
  readonly isPathStyle: boolean
  readonly encryption: S3Encryption
}

export type S3Encryption =
  | { readonly kind: 'none' }
  | { readonly kind: 'AES256' }
  | { readonly kind: 'aws:kms'; readonly keyId: string | undefined }
