import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { addSeconds, type Clock } from '../domain/clock.ts'

export interface SelfSigned {
  readonly certificate: string
  readonly key: string
  /** Clients must trust this CA, as with NODE_EXTRA_CA_CERTS or CURL_CA_BUNDLE. */
  readonly caPath: string
}

type Crypto = Parameters<typeof x509.X509CertificateGenerator.create>[1]

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_SECONDS = 24 * 3600
const CA_LIFETIME_SECONDS = 10 * 365 * DAY_SECONDS
// Apple's clients refuse server certificates of more than 825 days, and those of public CAs of more than 398.
const SERVER_LIFETIME_SECONDS = 397 * DAY_SECONDS

/**
 * The CA is made once and kept in the folder, so that a client has to trust it only once. Each start makes a new
 * certificate for the server, whose key is never written to the disk.
 */
export async function ensureSelfSigned(
  folder: string,
  hosts: readonly string[],
  clock: Clock,
): Promise<SelfSigned> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const caPath = join(folder, 'ca.pem')
  const ca = (await readAuthority(folder)) ?? (await makeAuthority(folder, clock))
  const keys = await makeKeys()
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: 'CN=Muster local server',
      issuer: ca.certificate.subject,
      serialNumber: newSerialNumber(),
      notBefore: addSeconds(clock.now(), -DAY_SECONDS),
      notAfter: addSeconds(clock.now(), SERVER_LIFETIME_SECONDS),
      publicKey: keys.publicKey,
      signingKey: ca.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(namesOf(hosts)),
        await x509.AuthorityKeyIdentifierExtension.create(ca.certificate, false, webcrypto as Crypto),
      ],
    },
    webcrypto as Crypto,
  )
  return {
    certificate: `${certificate.toString('pem')}\n${ca.certificate.toString('pem')}\n`,
    key: await keyAsPem(keys.privateKey),
    caPath,
  }
}

function namesOf(hosts: readonly string[]): { type: 'ip' | 'dns'; value: string }[] {
  const all = new Set(['localhost', '127.0.0.1', '::1', ...hosts])
  return [...all].map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))
}

interface Authority {
  readonly certificate: x509.X509Certificate
  readonly privateKey: webcrypto.CryptoKey
}

async function readAuthority(folder: string): Promise<Authority | undefined> {
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(folder, name), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    })
  const [certificate, key] = [await read('ca.pem'), await read('ca-key.pem')]
  if (certificate === undefined || key === undefined) return undefined
  const der = x509.PemConverter.decodeFirst(key)
  const privateKey = await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
  return { certificate: new x509.X509Certificate(certificate), privateKey }
}

async function makeAuthority(folder: string, clock: Clock): Promise<Authority> {
  const keys = await makeKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Muster local CA',
      serialNumber: newSerialNumber(),
      notBefore: addSeconds(clock.now(), -DAY_SECONDS),
      notAfter: addSeconds(clock.now(), CA_LIFETIME_SECONDS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto as Crypto),
      ],
    },
    webcrypto as Crypto,
  )
  // The key first: a kill in between must not leave a CA that people trust and that cannot sign.
  await writeFile(join(folder, 'ca-key.pem'), await keyAsPem(keys.privateKey), { mode: 0o600 })
  await writeFile(join(folder, 'ca.pem'), `${certificate.toString('pem')}\n`, { mode: 0o644 })
  return { certificate, privateKey: keys.privateKey }
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

// RFC 5280 requires a positive number, so the first byte is below 0x80.
function newSerialNumber(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01
  return bytes.toString('hex')
}

async function keyAsPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}
