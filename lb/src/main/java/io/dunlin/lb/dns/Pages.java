package io.dunlin.lb.dns;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An array that is never changed once it is published. It lies in pages, and an {@link Edit} copies those that it writes to: one change among a
 * million elements costs 21 KB, most of them the list of pages, and a look at one a reference more than in a plain array.
 */
final class Pages<T> {
    private static final int PAGE_BITS = 8;

    /** Elements of the smallest array; all have a power of two. */
    static final int LEAST = 1 << PAGE_BITS;

    private static final @Nullable Object[] BLANK = new Object[LEAST];

    private final @Nullable Object[][] pages;

    private Pages(@Nullable Object[][] pages) {
        this.pages = pages;
    }

    /** Nothing but nulls. */
    static <T> Pages<T> blank(int size) {
        return new Pages<>(blankPages(size));
    }

    private static @Nullable Object[][] blankPages(int size) {
        var pages = new Object[size >>> PAGE_BITS][];
        Arrays.fill(pages, BLANK);
        return pages;
    }

    int size() {
        return pages.length << PAGE_BITS;
    }

    @SuppressWarnings("unchecked") // only put() writes to a page
    @Nullable
    T get(int index) {
        return (T) pages[index >>> PAGE_BITS][index & LEAST - 1];
    }

    Edit<T> edit() {
        return new Edit<>(pages.clone());
    }

    /** Changes that become a new array. Belongs to one thread; of no use after {@link #commit}. */
    static final class Edit<T> {
        private @Nullable Object[][] pages;
        private final boolean[] isOwn;

        private Edit(@Nullable Object[][] pages) {
            this.pages = pages;
            this.isOwn = new boolean[pages.length];
        }

        /** Of a new array. */
        static <T> Edit<T> blank(int size) {
            return new Edit<>(blankPages(size));
        }

        int size() {
            return pages.length << PAGE_BITS;
        }

        @SuppressWarnings("unchecked") // as above
        @Nullable
        T get(int index) {
            return (T) pages[index >>> PAGE_BITS][index & LEAST - 1];
        }

        void put(int index, @Nullable T element) {
            int page = index >>> PAGE_BITS;
            if (!isOwn[page]) {
                pages[page] = pages[page].clone();
                isOwn[page] = true;
            }
            pages[page][index & LEAST - 1] = element;
        }

        /** Ends the edit: from here on the pages belong to the array, and nobody can write to them. */
        Pages<T> commit() {
            var array = new Pages<T>(pages);
            pages = new Object[0][];
            return array;
        }
    }
}
