/** RFC 6266: an ASCII name for old clients, and the exact one in UTF-8. */
export function disposition(name: string): string {
  // A half of a surrogate pair has no UTF-8 form.
  const clean = name.replace(/[\u0000-\u001f\u007f/\\\p{Surrogate}]/gu, '_');
  const plain = clean.replace(/[^\x20-\x7e]/g, '_').replace(/["%;]/g, '_');
  const exact = encodeURIComponent(clean).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
