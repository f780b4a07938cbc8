package io.dunlin.benchmarks;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A benchmark of something that is not done per packet, or has no way not to, and may therefore allocate. The suite fails if another one
 * does.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface MayAllocate {
    /** The parameters with which it may, as {@code name=value}; none: with all. */
    String[] with() default {};
}
