/** Nothing but our own files runs, is shown or is asked for; WebAssembly compiles. Why each: docs/security.md. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-src 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/** On every answer, whatever its kind. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), bluetooth=(), payment=(), display-capture=()',
  // Scans do not go into the browser's cache on disk.
  'Cache-Control': 'no-store',
};

/** The same answer with these headers; a stricter policy of its own stays. Streams pass through untouched. */
export function secured(answer: Response): Response {
  const headers = new Headers(answer.headers);
  const own = headers.get('Content-Security-Policy');
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) headers.set(name, value);
  if (own !== null) headers.set('Content-Security-Policy', own);
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}
