; Calls that give the page up; its charge goes with its last reference.

(call_expression
  function: (identifier) @release.name
  (#any-of? @release.name
    "put_page" "page_cache_release" "free_page_and_swap_cache" "__free_page" "__free_pages" "free_hot_cold_page"
    "putback_lru_page" "release_pages" "mem_cgroup_uncharge")
  arguments: (argument_list . (_) @release.object)) @release
