export interface ConnectionLimits {
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  readonly unansweredMax: number
  readonly requestSeconds: number
  readonly silenceSeconds: number
  readonly uploadBytesPerSecond: number
}

/** Far more connections than a client with a connection pool needs, or a proxy in front of many clients. */
export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  connectionsMax: 2000,
  connectionsPerAddressMax: 500,
  unansweredMax: 16,
  requestSeconds: 30,
  silenceSeconds: 60,
  uploadBytesPerSecond: 4096,
}
