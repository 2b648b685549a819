'use client';

// The stock badge: what the page was made with, then whatever ankkor's event stream says.
import { useEffect, useState } from 'react';
import { describe, type Stock } from '@/lib/ankkor';

interface StockUpdate extends Stock {
  type: 'connected' | 'stock_update';
  productId: string;
  variationId: string | null; // null: of the product itself
}

export function LiveStock({ ankkor, id, initial }: { ankkor: string; id: number; initial: Stock | null }) {
  const [stock, setStock] = useState(initial);

  useEffect(() => {
    // The browser reconnects by itself, and says which event it has seen last.
    const events = new EventSource(`${ankkor}/api/stock-updates?products=${id}`);
    events.onmessage = (message: MessageEvent<string>) => {
      const update = JSON.parse(message.data) as StockUpdate;
      if (update.type === 'stock_update' && update.productId === String(id) && update.variationId === null)
        setStock(update);
    };
    return () => events.close();
  }, [ankkor, id]);

  return <span className={stock?.availableForSale ? 'badge' : 'badge none'}>{describe(stock)}</span>;
}
