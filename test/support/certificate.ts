import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** PEM files of a server on 127.0.0.1 whose certificate signs itself. */
export interface CertificateFiles {
  key: string;
  /** Also the certificate authority, for `NODE_EXTRA_CA_CERTS` of a client. */
  certificate: string;
  /** Both in one file. */
  both: string;
}

export function makeCertificate(dir: string): CertificateFiles {
  const fileOf = (name: string): string => path.join(dir, name);
  const [key, certificate, both] = [fileOf('key.pem'), fileOf('certificate.pem'), fileOf('server.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
  execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
  writeFileSync(both, `${readFileSync(key, 'utf8')}${readFileSync(certificate, 'utf8')}`);
  return { key, certificate, both };
}
