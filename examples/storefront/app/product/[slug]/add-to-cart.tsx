'use client';

// Puts a product into the cart only if ankkor says that there is enough of it for all that the cart then holds.
import { type FormEvent, useState } from 'react';

interface Line {
  productId: number;
  variationId?: number;
  quantity: number;
}

interface Verdict {
  valid: boolean;
  items: { available: boolean; reason?: string | null }[];
}

const readCart = (): Line[] => JSON.parse(localStorage.getItem('cart') ?? '[]') as Line[];

function withMore(cart: Line[], more: Line): Line[] {
  const isSame = (line: Line) => line.productId === more.productId && line.variationId === more.variationId;
  const held = cart.find(isSame);
  const rest = cart.filter((line) => !isSame(line));
  return [...rest, { ...more, quantity: more.quantity + (held?.quantity ?? 0) }];
}

interface Props {
  ankkor: string;
  id: number;
  variations: { databaseId: number; name: string }[];
}

export function AddToCart({ ankkor, id, variations }: Props) {
  const [message, setMessage] = useState('');

  async function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const variation = form.get('variation');
    const line: Line = { productId: id, quantity: Number(form.get('quantity')) };
    if (variation) line.variationId = Number(variation);
    const cart = withMore(readCart(), line);
    const answer = await fetch(`${ankkor}/api/stock/validate`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ items: cart }),
    }).catch(() => null);
    if (!answer?.ok) return setMessage('The stock can’t be checked right now.');
    const { items } = (await answer.json()) as Verdict;
    const added = items[items.length - 1]; // in the order given
    if (!added?.available) return setMessage(`Not added: ${added?.reason ?? 'there is not enough of it'}`);
    localStorage.setItem('cart', JSON.stringify(cart));
    setMessage(`In your cart: ${cart[cart.length - 1]?.quantity}`);
  }

  return (
    <form onSubmit={add}>
      {variations.length > 0 && (
        <select name="variation" aria-label="Variation">
          {variations.map(({ databaseId, name }) => (
            <option key={databaseId} value={databaseId}>
              {name}
            </option>
          ))}
        </select>
      )}
      <input name="quantity" type="number" min="1" defaultValue="1" aria-label="Quantity" required />
      <button>Add to cart</button>
      <output>{message}</output>
    </form>
  );
}
