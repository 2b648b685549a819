// The one connection to Redis that all routes of a process share, made when it is first needed: a build needs none.
import Redis from 'ioredis';

export const redis = () => (globalThis.redis ??= new Redis(process.env.REDIS_SOCKET, { enableAutoPipelining: true }));
