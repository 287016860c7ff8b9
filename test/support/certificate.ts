import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** PEM files of a server on 127.0.0.1, and of a client. */
export interface CertificateFiles {
  /** The certificate authority that has signed the certificate. */
  authority: string;
  key: string;
  certificate: string;
  /** Key and certificate in one file. */
  both: string;
}

export function makeCertificate(dir: string): CertificateFiles {
  const fileOf = (name: string): string => path.join(dir, name);
  const [authorityKey, authority] = [fileOf('authority.key.pem'), fileOf('authority.pem')];
  const [key, certificate, both] = [fileOf('key.pem'), fileOf('certificate.pem'), fileOf('server.pem')];
  const openssl = (args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const make = ['-newkey', 'rsa:2048', '-nodes', '-keyout'];
  openssl(['req', '-x509', ...make, authorityKey, '-out', authority, '-subj', '/CN=authority', '-days', '2']);
  openssl(['req', ...make, key, '-out', fileOf('request.pem'), '-subj', '/CN=localhost']);
  // Some clients take no certificate authority as a server.
  writeFileSync(fileOf('extensions'), 'basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n');
  openssl([
    ...['x509', '-req', '-in', fileOf('request.pem'), '-out', certificate, '-extfile', fileOf('extensions')],
    ...['-CA', authority, '-CAkey', authorityKey, '-set_serial', '1', '-days', '2'],
  ]);
  writeFileSync(both, `${readFileSync(key, 'utf8')}${readFileSync(certificate, 'utf8')}`);
  return { authority, key, certificate, both };
}
