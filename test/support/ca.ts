/** A CA, and the certificates that it issues to servers. */
import { generate } from 'selfsigned';

/** Certificate and key in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const KEY = { keyType: 'ec', algorithm: 'sha256' } as const;

/** A CA that only clients configured for it trust. */
export async function createCa(name: string): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    ...KEY,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  return { certificate: cert, key };
}

/** A certificate for the server of this name; valid from yesterday until tomorrow unless `days` says otherwise. */
export async function issueCertificate(
  ca: Certificate,
  host: string,
  [from, until]: readonly [number, number] = [-1, 1],
): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: host }], {
    ...KEY,
    ca: { cert: ca.certificate, key: ca.key },
    notBeforeDate: new Date(Date.now() + from * DAY_MS),
    notAfterDate: new Date(Date.now() + until * DAY_MS),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  });
  return { certificate: cert, key };
}
