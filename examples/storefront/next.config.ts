// Tags on the pages too, for a CDN in front of the storefront that ankkor purges after the storefront has heard:
// Surrogate-Key for Fastly and Varnish, Cache-Tag for Cloudflare.
import type { NextConfig } from 'next';

const tagged = (kind: string) => ({
  source: `/${kind}/:slug`,
  headers: [
    { key: 'Surrogate-Key', value: `${kind}-:slug` },
    { key: 'Cache-Tag', value: `${kind}-:slug` },
  ],
});

const config: NextConfig = {
  poweredByHeader: false,
  // This folder and no other is the project, whatever lockfiles lie above it.
  turbopack: { root: __dirname },
  async headers() {
    return [tagged('product'), tagged('category')];
  },
};

export default config;
