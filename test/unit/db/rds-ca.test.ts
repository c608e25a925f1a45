import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { connectionConfig } from '../../../shared/db/connection.ts';
import { rdsCaCertificates } from '../../../shared/db/rds-ca.ts';

const HOST = 'db.c1a2b3c4d5e6.eu-central-1.rds.amazonaws.com';

describe('the CA certificates of RDS', () => {
  test("are those of the host's region, all valid for years", async () => {
    const certificates = (await rdsCaCertificates(HOST)).map((pem) => new X509Certificate(pem));
    expect(certificates).toHaveLength(3);
    for (const { subject, validTo } of certificates) {
      expect(subject).toContain('Amazon RDS eu-central-1 Root CA');
      expect(new Date(validTo).getFullYear()).toBeGreaterThan(2060);
    }
  });

  test.each([
    'localhost',
    'db.example.com',
    'rds.amazonaws.com.example.com',
    'x.eu-central-1.rds.amazonaws.com.evil.test',
  ])('are not trusted for %s', async (host) => {
    expect(await rdsCaCertificates(host)).toEqual([]);
  });

  test('[S40] are trusted in addition to the public CAs, and certificates are verified', async () => {
    const { ssl } = await connectionConfig(`postgres://u:p@${HOST}:15432/d`, { applicationName: 'test' });
    expect(ssl).toMatchObject({ rejectUnauthorized: true });
    expect(ssl).toHaveProperty('ca.length', rootCertificates.length + 3);
  });
});
