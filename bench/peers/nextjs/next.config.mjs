// As fast as `next start` is: nothing is compressed (the proxy in front of it would), and the Redis client isn't bundled.
export default {
  poweredByHeader: false,
  compress: false,
  serverExternalPackages: ['ioredis'],
  // This folder and no other is the project, whatever lockfiles lie above it.
  turbopack: { root: import.meta.dirname },
};
