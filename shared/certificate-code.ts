/** Whether this is Node's code for a certificate that it refuses, as a client that connects by TLS. */
export function isCertificateCode(code: string): boolean {
  return /CERT|SIGNATURE|INVALID_(CA|PURPOSE)|PATH_LENGTH/.test(code);
}
