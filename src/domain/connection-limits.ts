/** What a connection may take of the server. */
export interface ConnectionLimits {
  /** Open at once, of all addresses. */
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** Requests of one connection that wait for their answer. */
  readonly unansweredMax: number
  /** A request must have come whole in this time, except a users file. */
  readonly requestSeconds: number
  /** A connection on which nothing moves for so long is cut. */
  readonly silenceSeconds: number
  /** The least pace of a users file, over `silenceSeconds`. */
  readonly uploadBytesPerSecond: number
}

/** Far above what a client with a pool of connections, or a proxy in front of many clients, takes. */
export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  connectionsMax: 2000,
  connectionsPerAddressMax: 500,
  unansweredMax: 16,
  requestSeconds: 30,
  silenceSeconds: 60,
  uploadBytesPerSecond: 4096,
}
