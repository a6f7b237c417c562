import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { addSeconds, type Clock } from '../domain/clock.ts'

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 3600

/**
 * A self-signed certificate in DER, for `x5c` of the JWKS. It proves nothing, but some token libraries read the public
 * key only from a certificate.
 */
export async function keyCertificate(
  keys: webcrypto.CryptoKeyPair,
  name: string,
  clock: Clock,
): Promise<Buffer> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      notBefore: clock.now(),
      notAfter: addSeconds(clock.now(), TEN_YEARS_SECONDS),
      signingAlgorithm: keys.privateKey.algorithm as Parameters<
        typeof x509.X509CertificateGenerator.createSelfSigned
      >[0]['signingAlgorithm'],
      keys,
    },
    webcrypto as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[1],
  )
  return Buffer.from(certificate.rawData)
}
