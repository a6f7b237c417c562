import { anyText, type Key, portOrOff, type ValuesOf } from './settings.ts'

export const METRICS_KEYS = {
  metricsPort: {
    env: 'MUSTER_METRICS_PORT',
    about: 'TCP port for metrics and health checks, without TLS: off, or 0 to 65535; 0 takes a free one.',
    fallback: 'off',
    parse: portOrOff,
  },
  metricsHost: {
    env: 'MUSTER_METRICS_HOST',
    about: 'Address to listen on for metrics and health checks.',
    fallback: '127.0.0.1',
    parse: anyText,
  },
} as const satisfies Record<string, Key<unknown>>

export interface MetricsPlace {
  readonly host: string
  readonly port: number
}

type Values = ValuesOf<typeof METRICS_KEYS>

export function metricsOf({ metricsPort: port, metricsHost: host }: Values): MetricsPlace | undefined {
  return port === undefined ? undefined : { host, port }
}
