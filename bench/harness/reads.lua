-- What wrk asks for: the stock of BENCH_PRODUCTS products in turn. The requests are written once, so that wrk itself
-- costs little.
local requests = {}
local turn = 0

function init()
  for id = 1, tonumber(os.getenv("BENCH_PRODUCTS") or "1000") do
    requests[id] = wrk.format("GET", "/api/products/" .. id .. "/stock")
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
