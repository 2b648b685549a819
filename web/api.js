// The admin API: requests with the token, and the stream of events.

const tokenKey = 'ankkor-admin-token';

// The daemon wants a token, or another one.
export class Unauthorized extends Error {}

export const token = {
  get: () => sessionStorage.getItem(tokenKey) ?? '',
  set: (value) => sessionStorage.setItem(tokenKey, value),
  clear: () => sessionStorage.removeItem(tokenKey),
};

const fields = () => (token.get() ? { Authorization: `Bearer ${token.get()}` } : {});

async function answerOf(response) {
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  const message = body?.error?.message ?? `The daemon answered ${response.status}.`;
  if (response.status === 401) throw new Unauthorized(message);
  throw new Error(message);
}

export async function read(path) {
  return answerOf(await fetch(`/admin/${path}`, { headers: fields(), cache: 'no-store' }));
}

export async function send(method, path, body) {
  return answerOf(
    await fetch(`/admin/${path}`, {
      method,
      headers: { ...fields(), ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : method === 'POST' ? '' : undefined,
    }),
  );
}

// Calls on[event](data) for what /admin/events sends, and again after a connection was lost; state(isConnected) tells of
// that. EventSource would do it, but can't send the token. Ends, with an Unauthorized, if the token is wrong.
export async function follow(on, state) {
  for (let wait = 1000; ; wait = Math.min(wait * 2, 30_000)) {
    try {
      const response = await fetch('/admin/events', { headers: fields(), cache: 'no-store' });
      if (!response.ok) await answerOf(response);
      state(true);
      await readEvents(response.body, (event, data) => {
        wait = 1000;
        on[event]?.(JSON.parse(data));
      });
    } catch (problem) {
      if (problem instanceof Unauthorized) throw problem;
    }
    state(false);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function readEvents(body, take) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const parts = text.split('\n\n');
    text = parts.pop();
    for (const part of parts) {
      const lines = part.split('\n');
      const event = lines.find((line) => line.startsWith('event: '))?.slice(7);
      const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6));
      if (event && data.length) take(event, data.join('\n'));
    }
  }
}
